/** COCO's figures at one number of detections per image; -1 where nothing of the kind was evaluated. */
export interface Figures {
  readonly AP: number
  readonly AP50: number
  readonly AP75: number
  readonly APs: number
  readonly APm: number
  readonly APl: number
  readonly AR: number
}

/** One category: what there is, COCO's figures, and what its own best score threshold reaches. */
export interface CategoryRow extends Figures {
  readonly id: number
  readonly name: string
  /** Objects that count: no crowds, no people without labelled keypoints. */
  readonly groundTruths: number
  /** Detections evaluated, those on crowds included. */
  readonly detections: number
  /** Lowest score kept where F1 of the category is best; -1 without detections. */
  readonly bestScore: number
  readonly precision: number
  readonly recall: number
  readonly f1: number
}
