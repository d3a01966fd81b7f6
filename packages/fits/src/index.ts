export { FitsError, fitsErrors } from './errors.ts';
export type { FitsErrorCode, FitsErrorPlace } from './errors.ts';
export { Header } from './header.ts';
export type { Card, CardValue } from './card.ts';
