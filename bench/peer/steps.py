"""The steps of a scan with astropy, sep and numpy, each written to be fast."""

import io

import numpy as np
import sep
import torch
import torch.nn.functional as F
from astropy.io import fits

FACTOR = 8
NO_MASK_LEVEL = -0.5


def read_ccd(image_hdu, mask_hdu):
    """Pixels as float32 and the pipeline's mask as bool."""
    pixels = image_hdu.data
    if pixels.dtype != np.float32:
        pixels = pixels.astype(np.float32)
    return pixels, mask_hdu.data != 0


def background(pixels, mask, mesh):
    """sep's model and its map at full resolution."""
    model = sep.Background(pixels, mask=mask, bw=mesh, bh=mesh, fw=3, fh=3)
    return model, model.back()


def padded(array, fill):
    height, width = array.shape
    out = np.full((-(-height // FACTOR) * FACTOR, -(-width // FACTOR) * FACTOR), fill, array.dtype)
    out[:height, :width] = array
    return out


def reduce_bins(ufunc, array):
    """Rows first: whole rows add up at memory speed, and only an eighth is left for the short axis."""
    height, width = array.shape
    rows = ufunc.reduce(array.reshape(height // FACTOR, FACTOR, width), axis=1)
    return ufunc.reduce(rows.reshape(height // FACTOR, width // FACTOR, FACTOR), axis=2)


def bin_statistics(pixels, mask):
    """Mean, max, min, rms and masked fraction per bin, and the maximum masked or not."""
    good = padded(~mask, False)
    values = padded(pixels, 0)
    brightest = reduce_bins(np.fmax, padded(pixels, -np.inf))
    inverse = ~good
    count = reduce_bins(np.add, good.view(np.uint8)).astype(np.float32)
    np.putmask(values, inverse, 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = reduce_bins(np.add, values) / count
        square = reduce_bins(np.add, values * values) / count
        rms = np.sqrt(np.maximum(square - mean * mean, 0))
    np.putmask(values, inverse, -np.inf)
    highest = reduce_bins(np.maximum, values)
    np.putmask(values, inverse, np.inf)
    lowest = reduce_bins(np.minimum, values)
    height, width = pixels.shape
    rows = np.minimum(FACTOR, height - FACTOR * np.arange(count.shape[0]))
    columns = np.minimum(FACTOR, width - FACTOR * np.arange(count.shape[1]))
    masked = 1 - count / (rows[:, None] * columns)
    return {
        "mean": mean,
        "max": highest,
        "min": lowest,
        "rms": rms,
        "masked": masked.astype(np.float32),
        "brightest": brightest,
        "count": count,
    }


def features(bins, level, model, canvas):
    """The eight channels of packages/survey/src/preprocess/ccd-features.ts on the network's canvas (height, width)."""
    height, width = bins["mean"].shape
    if height > canvas[0] or width > canvas[1]:
        raise SystemExit(f"{width}x{height} bins do not fit the canvas: this peer reads CCDs in one piece")
    rms = model.globalrms
    empty = bins["count"] == 0
    out = np.zeros((8, *canvas), np.float32)
    out[4] = 1
    view = out[:, :height, :width]

    def stretched(values, scale):
        return np.arcsinh(values * np.float32(scale)) / 3

    with np.errstate(invalid="ignore", divide="ignore"):
        view[0] = stretched(bins["mean"], FACTOR / rms)
        view[1] = stretched(bins["max"], 1 / rms)
        view[2] = stretched(bins["min"], 1 / rms)
        spread = bins["rms"] / rms
        view[3] = np.where(spread > 0, np.minimum(4, np.log(spread) / 2), -1)
    view[:4, empty] = 0
    view[4] = bins["masked"]
    # The map at the bins' centres: for a smooth map as good as its mean over the bin, and free.
    centres = level[FACTOR // 2 :: FACTOR, FACTOR // 2 :: FACTOR]
    view[5, : centres.shape[0], : centres.shape[1]] = stretched(centres - model.globalback, FACTOR / rms)
    view[6] = stretched(bins["brightest"], 1 / rms)
    if height >= 0.9 * canvas[0] and width >= 0.9 * canvas[1]:
        view[7] = view[6, :, ::-1]
    return out


def star_stack(pixels, mask, bins, rms, size, step):
    """
    Median of up to 40 bright stars and what can be read off it. Left out against the TypeScript: sub-pixel centring, rejection of
    blends, ellipticity and every other quality figure.
    """
    highest = np.where(bins["masked"] == 0, bins["max"], 0)
    height, width = highest.shape
    span = size * step
    margin = -(-span // 2 // FACTOR) + 1
    if min(height, width) <= 2 * margin:
        return np.zeros((size, size), np.float32), 0, 0.0
    inner = highest[margin:-margin, margin:-margin]
    peaks = inner > 20 * rms
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            if dy or dx:
                rows = slice(margin + dy, height - margin + dy)
                peaks &= inner >= highest[rows, margin + dx : width - margin + dx]
    found = np.argwhere(peaks)
    order = np.argsort(inner[peaks])[::-1][:40]
    stamps = []
    for row, column in found[order] + margin:
        block = pixels[row * FACTOR : (row + 1) * FACTOR, column * FACTOR : (column + 1) * FACTOR]
        y, x = np.unravel_index(np.argmax(block), block.shape)
        top, left = row * FACTOR + y - span // 2, column * FACTOR + x - span // 2
        stamp = pixels[top : top + span, left : left + span]
        if stamp.shape != (span, span) or mask[top : top + span, left : left + span].mean() > 0.1:
            continue
        stamp = stamp.reshape(size, step, size, step).mean((1, 3))
        if stamp.max() > 0:
            stamps.append(stamp / stamp.max())
    if not stamps:
        return np.zeros((size, size), np.float32), 0, 0.0
    stack = np.median(stamps, axis=0).astype(np.float32)
    fwhm = 2 * step * np.sqrt((stack > 0.5 * stack.max()).sum() / np.pi)
    return stack, len(found), float(fwhm)


# Patterns of a CCD as a whole, and all numbers of one: packages/survey/src/preprocess/{patterns,settings}.ts.
PATTERNS = 21
SCALARS = 6 + PATTERNS


def scalars(fwhm, count, masked_fraction, amplifier_step):
    """The patterns of a whole CCD are left at zero: the peer does less than we do."""
    log_fwhm = np.log(fwhm / 4) if fwhm > 0 else 0
    measured = [log_fwhm, 0, np.log1p(count) / 3, 4 * masked_fraction, *amplifier_step]
    return np.array(measured + [0] * PATTERNS, np.float32)


def probabilities(logits, described):
    """Calibration and the prior's correction, as packages/survey/src/analyser/probabilities.ts."""
    calibration, prior = described["calibration"], described["prior"]
    share = calibration["anyShare"]
    shares = [*calibration["classShares"], share]
    curve = lambda c, logit: c["slope"] * float(logit) + c["intercept"]
    curved = [curve(c, logit) for c, logit in zip(calibration["classes"], logits)]
    joint = np.log(np.expm1(max(np.logaddexp(0, curved).sum(), 1e-12)))
    curved.append(curve(calibration["any"], joint))
    out = []
    for z, own in zip(curved, shares):
        p = 1 / (1 + np.exp(-z))
        wanted = prior * own / share
        yes, no = p * wanted / own, (1 - p) * (1 - wanted) / (1 - own)
        out.append(yes / (yes + no))
    return out


def grow_mask(cells, p, described, height, width):
    """Full-resolution bits: the coarse map of each class found, bilinear, above its threshold. Returns zeros where nothing is flagged."""
    mask = np.zeros((height, width), np.int32)
    if p[-1] < described["threshold"]:
        return mask, False
    decision, size = described["decision"], described["cellSize"]
    found = [k for k in range(len(p) - 1) if p[k] >= decision["classThresholds"][k]]
    for k in found or [int(np.argmax(np.array(p[:-1]) / decision["classThresholds"]))]:
        bit = 1 << described["classes"][k]["maskBit"]
        if described["classes"][k]["extent"] == "ccd":
            mask |= bit
            continue
        rows, columns = -(-height // size), -(-width // size)
        coarse = torch.sigmoid(cells[:, k : k + 1, :rows, :columns])
        if float(coarse.max()) < decision["cellThresholds"][k]:
            continue
        fine = F.interpolate(coarse, scale_factor=size, mode="bilinear", align_corners=False)
        active = (fine[0, 0, :height, :width] >= decision["cellThresholds"][k]).numpy()
        np.bitwise_or(mask, bit, out=mask, where=active)
    return mask, True


def encode_mask(mask, header, classes):
    """RICE-compressed extension with the image's header, as bytes without the primary HDU before it."""
    header = header.copy()
    for klass in classes:
        header["HIERARCH MP_" + klass["name"].upper().replace(" ", "_")] = klass["maskBit"]
    hdu = fits.CompImageHDU(mask, header, compression_type="RICE_1")
    buffer = io.BytesIO()
    fits.HDUList([fits.PrimaryHDU(), hdu]).writeto(buffer, checksum=True)
    return buffer.getbuffer()[2880:]
