import { existsSync } from 'node:fs';
import { DeviceError, requireDevice } from '../../src/index.ts';

/** The software Vulkan driver in Debian's package `chromium`: slow, and right. */
const softwareDriver = '/usr/lib/chromium/vk_swiftshader_icd.json';

/**
 * Why WebGPU cannot be tested here, or null. Takes the driver the environment names, else the software one, so that results do not
 * depend on what card a machine has. Needs Vulkan's loader (Debian's `libvulkan1`).
 */
export async function webgpuMissing(): Promise<string | null> {
  if (process.env.VK_DRIVER_FILES === undefined && existsSync(softwareDriver)) {
    process.env.VK_DRIVER_FILES = softwareDriver;
    process.env.VK_ICD_FILENAMES = softwareDriver;
  }
  try {
    await requireDevice('webgpu');
    return null;
  } catch (error) {
    if (!(error instanceof DeviceError)) throw error;
    return 'no WebGPU device: install the Debian packages chromium and libvulkan1 to test with its software driver';
  }
}
