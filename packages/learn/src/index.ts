export { ccdUnet } from './networks/ccd-unet.ts';
export type { CcdUnet, CcdUnetOptions } from './networks/ccd-unet.ts';
export { deepShadowsCnn } from './networks/deepshadows-cnn.ts';
export type { DeepShadowsCnn, DeepShadowsCnnOptions } from './networks/deepshadows-cnn.ts';
export { vae, vaeEncoder } from './networks/vae.ts';
export type { Vae, VaeEncoder, VaeOptions } from './networks/vae.ts';
export { vit } from './networks/vit.ts';
export type { Vit, VitOptions } from './networks/vit.ts';
