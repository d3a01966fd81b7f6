export { ccdUnet } from './networks/ccd-unet.ts';
export type { CcdUnet, CcdUnetOptions } from './networks/ccd-unet.ts';
