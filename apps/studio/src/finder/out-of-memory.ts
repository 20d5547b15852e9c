/** As WebAssembly, ONNX Runtime and browsers say it. */
export function isOutOfMemory(message: string): boolean {
  return /bad_alloc|out of memory|allocation failed|failed to allocate|memory access out of bounds/i.test(
    message,
  )
}
