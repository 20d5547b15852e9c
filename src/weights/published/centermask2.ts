/** What CenterMask's authors publish with its second code: trained on COCO 2017, AP on its validation images. */
import type { PublishedFigures, PublishedWeights } from './published-weights.ts'

const PUBLICATION = {
  publisher: 'centermask2',
  source: 'https://github.com/youngwanLEE/centermask2#results-on-coco-val',
  licence: {
    name: 'CC-BY-NC-4.0',
    url: 'https://github.com/youngwanLEE/centermask2/blob/master/LICENSE',
    note: 'not for commercial use',
    isRestricted: true,
  },
} as const

function model(architecture: string, place: string, figures: PublishedFigures): PublishedWeights {
  const url = `https://dl.dropbox.com/s/${place}`
  return { name: architecture, kind: 'model', architecture, url, figures, ...PUBLICATION }
}

/** A classifier of ImageNet's 1000 classes, of which the body is taken. */
function body(name: string, architecture: string, place: string): PublishedWeights {
  const url = `https://dl.dropbox.com/s/${place}/${name}.pth`
  return { name, kind: 'body', architecture, url, figures: {}, ...PUBLICATION }
}

export const CENTERMASK2: readonly PublishedWeights[] = [
  model('centermask_V_39_eSE_FPN_ms_3x', 'tczecsdxt10uai5/centermask2-V-39-eSE-FPN-ms-3x.pth', {
    box: 44.2,
    mask: 39.7,
  }),
  model('centermask_V_57_eSE_FPN_ms_3x', 'lw8nxajv1tim8gr/centermask2-V-57-eSE-FPN-ms-3x.pth', {
    box: 45.1,
    mask: 40.5,
  }),
  model('centermask_V_99_eSE_FPN_ms_3x', 'c6n79x83xkdowqc/centermask2-V-99-eSE-FPN-ms-3x.pth', {
    box: 46,
    mask: 41.4,
  }),
  model('centermask_lite_V_19_eSE_FPN_ms_4x', 'dret2ap7djty7mp/centermask2-lite-V-19-eSE-FPN-ms-4x.pth', {
    box: 35.9,
    mask: 32.8,
  }),
  model('centermask_lite_V_39_eSE_FPN_ms_4x', 'uwc0ypa1jvco2bi/centermask2-lite-V-39-eSE-FPN-ms-4x.pth', {
    box: 40.9,
    mask: 36.7,
  }),
  model(
    'centermask_lite_V_19_slim_eSE_FPN_ms_4x',
    'o2n1ifl0zkbv16x/centermask-lite-V-19-eSE-slim-FPN-ms-4x.pth',
    { box: 32.5, mask: 29.8 },
  ),
  model(
    'centermask_lite_V_19_slim_dw_eSE_FPN_ms_4x',
    'vsvhwtqm6ko1c7m/centermask-lite-V-19-eSE-slim-dw-FPN-ms-4x.pth',
    { box: 29.5, mask: 27.1 },
  ),
  body('vovnet19_ese_slim_dw_detectron2', 'vovnet19_slim_dw', 'f3s7ospitqoals1'),
  body('vovnet19_ese_slim_detectron2', 'vovnet19_slim', '8h5ybmi4ftbcom0'),
  body('vovnet19_ese_detectron2', 'vovnet19', 'rptgw6stppbiw1u'),
  body('vovnet39_ese_detectron2', 'vovnet39', 'q98pypf96rhtd8y'),
  body('vovnet57_ese_detectron2', 'vovnet57', '8xl0cb3jj51f45a'),
  body('vovnet99_ese_detectron2', 'vovnet99', '1mlv31coewx8trd'),
]
