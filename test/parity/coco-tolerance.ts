/** The reference computes in double precision too; mathematics libraries may differ in the last bits. */
export const COCO_TOLERANCE = 1e-12
