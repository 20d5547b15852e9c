/** What instances can be written as; the exporters themselves, with their libraries, are read when one is wanted. */
export const EXPORT_FORMATS = ['coco', 'yolo-seg', 'labelme', 'geojson', 'csv', 'labels', 'imagej'] as const
export type ExportFormat = (typeof EXPORT_FORMATS)[number]

export const OUTLINES = ['smooth', 'pixels'] as const
