"""Reads compressed images whose paths come on stdin; writes their pixels (unsigned ones as such) as little-endian bytes beside them.

Fails when a checksum is wrong.
"""
import sys
import warnings

from astropy.io import fits

warnings.simplefilter("error")
for path in sys.stdin.read().split():
    with fits.open(path, checksum=True, uint=True) as hdus:
        data = hdus[1].data
        data.astype(data.dtype.newbyteorder("<")).tofile(path + ".bin")
