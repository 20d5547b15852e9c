/** Name of the float32 scalar that a graph may take beside the image (`InferenceGraphOptions.asksLeastScore`). */
export const LEAST_SCORE = 'leastScore'
