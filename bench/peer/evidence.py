"""The evidence beside the bins (packages/survey/src/preprocess/evidence.ts) in numpy: ridges, column streaks, lines, the amplifiers' step."""

import numpy as np

CELL = 16
BLOCK = 64
CLIP = 1.5
CLIPPED_SCATTER = 0.882
KEPT = [np.exp(-4 * np.log(2) * (d / 3.2) ** 2) for d in (1, 2)]


def evidence(pixels, mask, rms, mean, canvas):
    """[7, canvas height / 2, canvas width / 2] and the step's two scalars. `mean`: bins of 8 px, NaN where empty."""
    height, width = pixels.shape
    rows, columns = -(-height // CELL), -(-width // CELL)
    sums, counts = column_sums(pixels, mask, rms)
    maps = np.zeros((7, rows, columns), np.float32)
    maps[0] = ridges(pixels, mask, rms, rows, columns)
    narrow = streaks(sums, counts, 0, 1, 1, 3)
    wide = streaks(sums, counts, 2, 6, 2, 7)
    for k, blocks in enumerate((narrow, over_four(narrow), wide, over_four(wide))):
        maps[1 + k] = strongest(blocks, rows, columns)
    noise = rms / 8
    lines = line_evidence(mean, 64)
    maps[5] = padded_blocks(lines, 2, rows, columns).max((1, 3))
    coarse = coarse_mean(mean, 2 * noise)
    arcs = line_evidence(coarse, 24).repeat(2, 0).repeat(2, 1)
    maps[6] = arcs[:rows, :columns]
    out = np.zeros((7, canvas[0] // 2, canvas[1] // 2), np.float32)
    out[0, :rows, :columns] = np.arcsinh(maps[0]) / 3
    out[1:, :rows, :columns] = np.clip(maps[1:] / 8, -2, 5)
    return out, amplifier_step(sums, counts)


def column_sums(pixels, mask, rms):
    """Running sums along x of each block of rows: clipped pixels in rms, and their number; [blocks, width + 1]."""
    height, width = pixels.shape
    blocks = -(-height // BLOCK)
    values = np.zeros((blocks * BLOCK, width), np.float32)
    np.multiply(pixels, np.float32(1 / rms), out=values[:height])
    np.clip(values, -CLIP, CLIP, out=values)
    usable = np.zeros(values.shape, bool)
    usable[:height] = ~mask
    np.putmask(values, ~usable, 0)
    sums = np.zeros((blocks, width + 1))
    counts = np.zeros((blocks, width + 1))
    np.cumsum(values.reshape(blocks, BLOCK, width).sum(1), axis=1, out=sums[:, 1:])
    np.cumsum(usable.view(np.uint8).reshape(blocks, BLOCK, width).sum(1), axis=1, out=counts[:, 1:])
    return sums, counts


def streaks(sums, counts, before, size, gap, side):
    width = sums.shape[1] - 1
    first = np.arange(width) - before

    def strip(start, stop):
        a, b = np.clip(start, 0, width), np.clip(stop, 0, width)
        return sums[:, b] - sums[:, a], counts[:, b] - counts[:, a]

    middle, n = strip(first, first + size)
    left, n_left = strip(first - gap - side, first - gap)
    right, n_right = strip(first + size + gap, first + size + gap + side)
    with np.errstate(invalid="ignore", divide="ignore"):
        above, beyond = middle / n - left / n_left, middle / n - right / n_right
        a = above / np.sqrt(1 / n + 1 / n_left)
        b = beyond / np.sqrt(1 / n + 1 / n_right)
    found = np.where(np.abs(a) < np.abs(b), a, b) / CLIPPED_SCATTER
    return np.where((np.minimum(np.minimum(n, n_left), n_right) < 12) | ((above > 0) != (beyond > 0)), 0, found)


def over_four(values):
    """Of the runs of four blocks that hold a block the strongest sum of three, the largest left out."""
    out = np.zeros_like(values)
    for first in range(len(values) - 3):
        run = values[first : first + 4]
        largest = np.take_along_axis(run, np.abs(run).argmax(0)[None], 0)[0]
        found = (run.sum(0) - largest) / np.sqrt(3)
        part = out[first : first + 4]
        np.copyto(part, found, where=np.abs(found) > np.abs(part))
    return out


def strongest(blocks, rows, columns):
    padded = np.zeros((len(blocks), columns * CELL))
    padded[:, : blocks.shape[1]] = blocks
    cells = padded.reshape(len(blocks), columns, CELL)
    best = np.take_along_axis(cells, np.abs(cells).argmax(2)[..., None], 2)[..., 0]
    return best.repeat(BLOCK // CELL, 0)[:rows]


def ridges(pixels, mask, rms, rows, columns):
    inner = pixels[2:-2, 2:-2]
    y, x = np.nonzero((inner > 8 * rms) & ~mask[2:-2, 2:-2])
    y, x = y + 2, x + 2
    value = pixels[y, x]
    excess = np.full(len(y), -np.inf, np.float32)
    for d, dy, dx in ((1, 0, 1), (1, 1, 0), (1, 1, 1), (1, -1, 1), (2, 0, 1), (2, 1, 0)):
        beside = np.maximum(pixels[y + d * dy, x + d * dx], pixels[y - d * dy, x - d * dx])
        np.fmax(excess, 0.6 * KEPT[d - 1] * value - beside, out=excess)
    out = np.zeros((rows, columns), np.float32)
    np.maximum.at(out, (y // CELL, x // CELL), excess / rms)
    return out


def median_absolute(values):
    some = values.ravel()[::7]
    some = np.abs(some[(some == some) & (some != 0)])
    return np.median(some) if len(some) else 0


def line_evidence(image, length):
    noise = median_absolute(image) * 1.4826
    if not noise > 0:
        return np.zeros_like(image)
    cut = np.clip(np.nan_to_num(image / noise), -2.5, 2.5)
    edges = np.pad(cut, 3, mode="edge")
    for axis in (0, 1):
        total = np.cumsum(np.insert(edges, 0, 0, axis), axis)
        edges = np.take(total, np.arange(7, total.shape[axis]), axis) - np.take(
            total, np.arange(total.shape[axis] - 7), axis
        )
    cut -= edges / 49
    cut /= median_absolute(cut) * 1.4826 or 1
    cut[np.isnan(image)] = 0
    return np.maximum(steep(cut, length), steep(np.ascontiguousarray(cut.T), length).T)


def steep(data, length):
    """Running sums of `length` rows down sheared columns; the best slope of each pixel."""
    height, width = data.shape
    half, steps = length // 2, -(-length // 3)
    rows = np.arange(height)
    out = np.zeros_like(data)
    wide = width + 2 * (height + 1)
    total = np.zeros((height + length + 1, wide), np.float32)
    for k in range(-steps, steps + 1):
        shift = height + 1 - np.rint(np.float32(k / steps) * rows.astype(np.float32)).astype(int)
        total[:] = 0
        index = shift[:, None] + np.arange(width)
        np.put_along_axis(total[half : half + height], index, data, 1)
        np.cumsum(total, 0, out=total)
        run = np.take_along_axis(total[length : length + height] - total[:height], index, 1)
        np.maximum(out, run, out=out)
    return out / np.sqrt(length)


def coarse_mean(mean, limit):
    height, width = mean.shape
    rows, columns = -(-height // 4), -(-width // 4)
    values = padded_blocks(np.clip(mean, -limit, limit), 4, rows, columns, np.nan)
    count = (values == values).sum((1, 3))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(count < 4, np.nan, np.nansum(values, (1, 3)) / count).astype(np.float32)


def padded_blocks(values, factor, rows, columns, fill=0.0):
    out = np.full((rows * factor, columns * factor), fill, np.float32)
    height, width = min(values.shape[0], out.shape[0]), min(values.shape[1], out.shape[1])
    out[:height, :width] = values[:height, :width]
    return out.reshape(rows, factor, columns, factor)


def amplifier_step(sums, counts):
    width = sums.shape[1] - 1
    middle, reach = width >> 1, 40
    places = (middle - reach) // 80
    if places < 3:
        return np.zeros(2, np.float32)

    def at(x):
        left, right = counts[:, x] - counts[:, x - reach], counts[:, x + reach] - counts[:, x]
        ok = (left >= reach) & (right >= reach)
        if not ok.any():
            return None
        return np.median(
            ((sums[:, x + reach] - sums[:, x])[ok] / right[ok]) - ((sums[:, x] - sums[:, x - reach])[ok] / left[ok])
        )

    step = at(middle)
    others = [abs(v) for k in range(-places, places + 1) if k and (v := at(middle + 80 * k)) is not None]
    if step is None:
        return np.zeros(2, np.float32)
    scatter = 1.4826 * np.median(others)
    significance = step / scatter if scatter > 0 else 0
    return np.array([np.arcsinh(abs(step) * 50) / 3, np.arcsinh(abs(significance)) / 2], np.float32)
