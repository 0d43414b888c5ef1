/**
 * What Go's allocator makes of a request: a size class up to 32 KiB, whole pages above. The classes are those of
 * runtime/sizeclasses.go; they have not changed since Go 1.16, and before that only the 24-byte class was missing.
 */

/** A page of Go's heap; spans are whole numbers of them. */
export const PAGE_BYTES = 8192;
/** Requests above this get a span of their own. */
export const LARGEST_CLASS_BYTES = 32_768;

const CLASSES = [
  8, 16, 24, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 208, 224, 240, 256, 288, 320, 352, 384, 416,
  448, 480, 512, 576, 640, 704, 768, 896, 1024, 1152, 1280, 1408, 1536, 1792, 2048, 2304, 2688, 3072, 3200,
  3456, 4096, 4864, 5376, 6144, 6528, 6784, 6912, 8192, 9472, 9728, 10_240, 10_880, 12_288, 13_568, 14_336,
  16_384, 18_432, 19_072, 20_480, 21_760, 24_576, 27_264, 28_672, 32_768,
];

/** Bytes that the heap gives for a request of `bytes`. */
export function roundUpSize(bytes: number): number {
  if (bytes > LARGEST_CLASS_BYTES) return Math.ceil(bytes / PAGE_BYTES) * PAGE_BYTES;
  if (bytes <= 0) return 0;
  let low = 0;
  let high = CLASSES.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((CLASSES[middle] ?? 0) >= bytes) high = middle;
    else low = middle + 1;
  }
  return CLASSES[low] ?? 0;
}
