// What DECam delivers in nominal conditions, by band: the yardstick for transparency and depth.
// Zero points (mag of 1 e−/s): DECam's exposure-time calculator of the DECaLS observers (legacysurvey/obsbot, decam.py: g, r, z); LSST's fiducial
// values for DECam (lsst/obs_decam, config/fiducialZeroPoint.py, 1 ADU/s at 4 e−/ADU = +1.505 mag) agree to 0.03 mag and give i and Y.
// Dark sky (mag/arcsec²): obsbot (g, r, z); there is none for i and Y, so depth is not given for them.

export interface BandNominals {
  /** Magnitude of a source of 1 electron per second. */
  readonly zeroPoint: number;
  /** Sky brightness, mag/arcsec²; null where no published value is at hand. */
  readonly skyBrightness: number | null;
}

export const decamGain = 4;
export const decamNominals: Readonly<Record<string, BandNominals>> = {
  g: { zeroPoint: 26.61, skyBrightness: 22.04 },
  r: { zeroPoint: 26.818, skyBrightness: 20.91 },
  i: { zeroPoint: 26.705, skyBrightness: null },
  z: { zeroPoint: 26.484, skyBrightness: 18.46 },
  Y: { zeroPoint: 25.705, skyBrightness: null },
};

/** A wide-survey exposure: 90 s in 0.9″ seeing (Neilsen et al. 2016, FERMILAB-TM-2610-AE-CD, §2). */
export const nominalExposureSeconds = 90;
export const nominalSeeingArcsec = 0.9;
