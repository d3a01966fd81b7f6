/** An image of several channels on one grid, `[channel, y, x]`, row-major. */
export interface ChannelImage {
  readonly data: Float32Array;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/** Throws RangeError unless `image` is whole. */
export function checkChannels({ data, channels, height, width }: ChannelImage, caller: string): void {
  if (data.length !== channels * height * width || data.length === 0) {
    throw new RangeError(
      `${caller}: ${data.length} values do not fill [${channels}, ${height}, ${width}]; give as many values as the shape holds`,
    );
  }
}
