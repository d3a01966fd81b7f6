"""Writes compressed images with the options that fpack does not have (HCOMPRESS smoothing, tiles of any method).

usage: write_with_astropy.py folder
Writes folder/N.fits and the pixels as astropy reads them, little-endian, as folder/N.bin; prints N's description a line.
"""
import sys
import warnings

import numpy as np
from astropy.io import fits

warnings.simplefilter("ignore")
folder = sys.argv[1]
y, x = np.mgrid[:45, :70]
rng = np.random.default_rng(5)
sky = 100 + 0.3 * x + rng.normal(0, 5, x.shape) + 3000 * np.exp(-((x - 30) ** 2 + (y - 20) ** 2) / 20)
cases = []
for scale in (0, 1, 30, -40):
    for smooth in (0, 1):
        for kind in ("i2", "f4"):
            options = {"hcomp_scale": scale, "hcomp_smooth": smooth, "tile_size": (35, 22)}
            cases.append((kind, "HCOMPRESS_1", options))
            cases.append((kind, "HCOMPRESS_1", {**options, "tile_size": (70, 45)}))
for kind in ("u1", "i2", "i4", "f4", "f8"):
    for method in ("RICE_1", "GZIP_1", "GZIP_2"):
        for tile in ((70, 1), (17, 9)):
            quantize = (-1, 1, 2) if kind[0] == "f" else (-1,)
            for q in quantize:
                cases.append((kind, method, {"tile_size": tile, "quantize_method": q, "dither_seed": 321}))
for n, (kind, method, options) in enumerate(cases):
    # astropy writes to the list.
    options = {**options, "tile_size": list(options["tile_size"])}
    data = np.clip(sky / 20, 0, 255).astype(kind) if kind == "u1" else sky.astype(kind)
    path = f"{folder}/{n}.fits"
    fits.CompImageHDU(data, compression_type=method, **options).writeto(path, overwrite=True)
    with fits.open(path) as hdus:
        out = hdus[1].data
        out.astype(out.dtype.newbyteorder("<")).tofile(f"{folder}/{n}.bin")
    print(kind, method, options)
