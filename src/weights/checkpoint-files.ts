/** Files of a run folder that hold a model, by names relative to it. */
export const LAST_CHECKPOINT = 'checkpoints/last.safetensors'
export const BEST_CHECKPOINT = 'checkpoints/best.safetensors'
