import type { Check } from './check.ts'
import { allCrowd } from './checks/all-crowd.ts'
import { areaDisagreement } from './checks/area-disagreement.ts'
import { boxConventions } from './checks/box-convention.ts'
import { boxMaskDisagreement } from './checks/box-mask-disagreement.ts'
import { boxesOutside } from './checks/boxes-outside.ts'
import { categoryMismatch } from './checks/category-mismatch.ts'
import { classImbalance } from './checks/class-imbalance.ts'
import { crowdPolygons } from './checks/crowd-polygons.ts'
import { deepImages } from './checks/deep-images.ts'
import { duplicateAnnotationIds } from './checks/duplicate-annotation-ids.ts'
import { duplicateCategoryIds } from './checks/duplicate-category-ids.ts'
import { duplicateCategoryNames } from './checks/duplicate-category-names.ts'
import { duplicateImageIds } from './checks/duplicate-image-ids.ts'
import { duplicateImages } from './checks/duplicate-images.ts'
import { emptyBoxes } from './checks/empty-boxes.ts'
import { emptyClasses } from './checks/empty-classes.ts'
import { emptyMasks } from './checks/empty-masks.ts'
import { exifRotation } from './checks/exif-rotation.ts'
import { jsonDialect } from './checks/json-dialect.ts'
import { leakedImages } from './checks/leaked-images.ts'
import { looseSkeletons } from './checks/loose-skeletons.ts'
import { malformedEntries } from './checks/malformed-entries.ts'
import { malformedMasks } from './checks/malformed-masks.ts'
import { malformedPolygons } from './checks/malformed-polygons.ts'
import { maskSize } from './checks/mask-size.ts'
import { missingImages } from './checks/missing-images.ts'
import { missingLists } from './checks/missing-lists.ts'
import { missingMasks } from './checks/missing-masks.ts'
import { nearDuplicates } from './checks/near-duplicates.ts'
import { nonPositiveIds } from './checks/non-positive-ids.ts'
import { polygonsOutside } from './checks/polygons-outside.ts'
import { rareClasses } from './checks/rare-classes.ts'
import { repeatedAnnotations } from './checks/repeated-annotations.ts'
import { repeatedImages } from './checks/repeated-images.ts'
import { selfIntersections } from './checks/self-intersections.ts'
import { shortPolygons } from './checks/short-polygons.ts'
import { similarImages } from './checks/similar-images.ts'
import { sizeMismatch } from './checks/size-mismatch.ts'
import { smallCrowds } from './checks/small-crowds.ts'
import { smallObjects } from './checks/small-objects.ts'
import { unclearRotation } from './checks/unclear-rotation.ts'
import { unequalRanges } from './checks/unequal-ranges.ts'
import { unknownCategories } from './checks/unknown-categories.ts'
import { unknownImages } from './checks/unknown-images.ts'
import { unlabelledImages } from './checks/unlabelled-images.ts'
import { unmatchedAnchors } from './checks/unmatched-anchors.ts'
import { unreadableImages } from './checks/unreadable-images.ts'
import { unrotatedLabels } from './checks/unrotated-labels.ts'

/** All checks by what they look at, in the order in which repairs are made: what later ones rely on comes first. */
export const CHECK_GROUPS: Readonly<Record<string, readonly Check[]>> = {
  'The file': [
    jsonDialect,
    missingLists,
    malformedEntries,
    duplicateImageIds,
    repeatedImages,
    duplicateCategoryIds,
    duplicateCategoryNames,
    categoryMismatch,
    looseSkeletons,
    unknownImages,
    unknownCategories,
    duplicateAnnotationIds,
    nonPositiveIds,
  ],
  'The images': [
    missingImages,
    unreadableImages,
    sizeMismatch,
    unrotatedLabels,
    unclearRotation,
    exifRotation,
    deepImages,
    unequalRanges,
    duplicateImages,
    leakedImages,
    similarImages,
    unlabelledImages,
  ],
  'Boxes and masks': [
    malformedPolygons,
    shortPolygons,
    malformedMasks,
    maskSize,
    missingMasks,
    polygonsOutside,
    selfIntersections,
    boxConventions,
    boxesOutside,
    emptyMasks,
    emptyBoxes,
    boxMaskDisagreement,
    areaDisagreement,
    repeatedAnnotations,
    nearDuplicates,
  ],
  'Crowds, classes and sizes': [
    allCrowd,
    crowdPolygons,
    smallCrowds,
    emptyClasses,
    rareClasses,
    classImbalance,
    smallObjects,
    unmatchedAnchors,
  ],
}

export const CHECKS: readonly Check[] = Object.values(CHECK_GROUPS).flat()
