/** First seed kept for tests: nothing is trained, stopped, calibrated or chosen on it. */
export const firstTestSeed = 900_000;
