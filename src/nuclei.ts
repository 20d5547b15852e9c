/** `maskwright/models/nuclei`: where the bundled model lies, for `Detector.load`; bundlers take the file along. */
export const nuclei = new URL('../models/nuclei.safetensors', import.meta.url)
