import { annotationFinding, type Check } from '../check.ts'
import { sizeConflict } from '../image-sizes.ts'
import { imageOfAnnotation } from '../raw-coco.ts'

export const maskSize: Check = {
  name: 'mask-size',
  title: 'Masks of another size than their image',
  severity: 'error',
  unit: 'annotations',
  why: 'A run-length mask covers its whole image; one of another size belongs to another image, or the image was resized.',
  advice:
    'Put the labelled image back or make the masks again; height comes before width in the size of a mask.',
  *find({ files }) {
    for (const file of files) {
      for (const annotation of file.annotations) {
        const { segmentation } = annotation
        const image = imageOfAnnotation(file, annotation)
        if (segmentation.kind !== 'mask' || !image?.size) continue
        const [height, width] = segmentation.rle.size
        if (height === image.size.height && width === image.size.width) continue
        // The image's entry is wrong there, not the masks: told for the image.
        if (sizeConflict(file, image)?.masksAgree) continue
        yield annotationFinding(
          file,
          annotation,
          `mask of ${width} x ${height} in an image of ${image.size.width} x ${image.size.height}`,
        )
      }
    }
  },
}
