"""Reads compressed images whose paths come on stdin; writes the pixels of all (unsigned ones as such) as little-endian bytes beside them.

Fails when a checksum is wrong.
"""
import sys
import warnings

from astropy.io import fits

warnings.simplefilter("error")
for path in sys.stdin.read().split():
    with fits.open(path, checksum=True, uint=True) as hdus, open(path + ".bin", "wb") as out:
        for hdu in hdus[1:]:
            data = hdu.data
            out.write(data.astype(data.dtype.newbyteorder("<")).tobytes())
