import { annotationFinding, type Check } from '../check.ts'

export const crowdPolygons: Check = {
  name: 'crowd-polygons',
  title: 'Crowds drawn as polygons',
  severity: 'warning',
  unit: 'annotations',
  why: 'In COCO files iscrowd 1 goes with run-length masks: programs that rely on it fail, and a polygon marked so is mostly a single object that will not be trained on.',
  advice: 'Set iscrowd to 0 for single objects; write true groups as run-length masks.',
  *find({ files }) {
    for (const file of files) {
      for (const annotation of file.annotations) {
        if (annotation.isCrowd && annotation.segmentation.kind === 'polygons') {
          yield annotationFinding(file, annotation, 'iscrowd is 1, the segmentation is polygons')
        }
      }
    }
  },
}
