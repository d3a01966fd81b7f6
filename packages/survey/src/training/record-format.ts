/** How a sample is kept in a fixed number of bytes. */
export interface RecordFormat<Sample> {
  readonly bytes: number;
  pack(sample: Sample): Uint8Array;
  /** @param record its bytes, in a buffer of their own. */
  unpack(record: Uint8Array): Sample;
}
