/**
 * What the page at `/` does: asks once for everything that scores at least as much as its slider can say, and draws what scores
 * enough. Plain script of the page; text from outside goes into `textContent` alone.
 */
export const START_SCRIPT = `
(() => {
  const at = (id) => document.getElementById(id)
  const canvas = at('canvas')
  const pen = canvas.getContext('2d')
  const COLORS = ['#2f7ed8', '#e4572e', '#2ca25f', '#9b59b6', '#c99700', '#17a2b8', '#d6336c']
  const MOST_ROWS = 500
  /** Longest side of the drawing, in pixels of the canvas. */
  const LONGEST = 4096
  let current, chosen, asking

  const say = (text, isWrong = false) => {
    at('state').textContent = text
    at('state').classList.toggle('wrong', isWrong)
  }

  /** Run lengths of COCO's printable coding: five bits a character, the lowest first; from the third on differences. */
  const runsOf = (text) => {
    const runs = []
    let value = 0
    let weight = 1
    for (const letter of text) {
      const code = letter.charCodeAt(0) - 48
      value += (code % 32) * weight
      weight *= 32
      if (code >= 32) continue
      if (code >= 16) value -= weight
      runs.push(runs.length > 2 ? value + runs[runs.length - 2] : value)
      value = 0
      weight = 1
    }
    return runs
  }

  /** The object's pixels, or its box where it has no mask. */
  const pathOf = ({ segmentation, bbox }) => {
    const path = new Path2D()
    if (!segmentation) {
      path.rect(...bbox)
      return path
    }
    const height = segmentation.size[0]
    let position = 0
    runsOf(segmentation.counts).forEach((run, i) => {
      const end = position + run
      while (i % 2 === 1 && position < end) {
        const y = position % height
        const taken = Math.min(height - y, end - position)
        path.rect((position - y) / height, y, 1, taken)
        position += taken
      }
      position = end
    })
    return path
  }

  const least = () => Number(at('score').value)
  const shown = () => current.objects.filter(({ instance }) => instance.score >= least())

  const draw = () => {
    const { image, picture, scale } = current
    pen.setTransform(1, 0, 0, 1, 0, 0)
    pen.clearRect(0, 0, canvas.width, canvas.height)
    if (picture) pen.drawImage(picture, 0, 0, canvas.width, canvas.height)
    pen.setTransform(scale, 0, 0, scale, 0, 0)
    const thin = Math.max(1, Math.max(image.width, image.height) / 500)
    for (const object of shown()) {
      const { instance, path, color } = object
      const isChosen = object === chosen
      pen.globalAlpha = isChosen ? 0.75 : chosen ? 0.3 : 0.5
      pen.fillStyle = color
      pen.strokeStyle = color
      pen.lineWidth = thin
      if (instance.segmentation) pen.fill(path)
      pen.globalAlpha = 1
      if (isChosen || !instance.segmentation) pen.strokeRect(...instance.bbox)
      const points = instance.keypoints ?? []
      for (let i = 0; i + 2 < points.length; i += 3) {
        pen.beginPath()
        pen.arc(points[i], points[i + 1], 2 * thin, 0, 7)
        pen.fill()
      }
    }
  }

  const choose = (object) => {
    chosen = object
    for (const row of at('list').rows) {
      const isChosen = row.object === object
      row.classList.toggle('chosen', isChosen)
      row.querySelector('button').setAttribute('aria-pressed', isChosen)
    }
    draw()
  }

  const rowOf = (object) => {
    const { instance, color } = object
    const row = document.createElement('tr')
    const head = document.createElement('th')
    head.scope = 'row'
    const button = document.createElement('button')
    button.type = 'button'
    const swatch = document.createElement('span')
    swatch.className = 'swatch'
    swatch.style.background = color
    button.append(swatch, instance.category)
    button.addEventListener('click', () => choose(chosen === object ? undefined : object))
    head.append(button)
    const cells = [instance.score.toFixed(2), Math.round(instance.area).toLocaleString('en')]
    row.append(head, ...cells.map((text) => Object.assign(document.createElement('td'), { textContent: text })))
    row.object = object
    return row
  }

  const update = () => {
    at('least').textContent = least().toFixed(2)
    if (!current) return
    const objects = shown()
    if (chosen && !objects.includes(chosen)) chosen = undefined
    at('count').textContent = objects.length + (objects.length === 1 ? ' object' : ' objects')
    canvas.setAttribute('aria-label', current.name + ' with ' + at('count').textContent)
    at('list').replaceChildren(...objects.slice(0, MOST_ROWS).map(rowOf))
    const rest = objects.length - MOST_ROWS
    at('more').textContent = rest > 0 ? rest + ' more are in the download.' : ''
    choose(chosen)
  }

  const show = (document, picture, name) => {
    const [image] = document.images
    const scale = Math.min(1, LONGEST / Math.max(image.width, image.height))
    canvas.width = Math.max(1, Math.round(image.width * scale))
    canvas.height = Math.max(1, Math.round(image.height * scale))
    // As wide as its place, unless it would then be too high to be seen whole.
    canvas.style.width = 'min(100%, ' + (80 * image.width) / image.height + 'vh)'
    const objects = image.instances.map((instance, i) => ({
      instance, path: pathOf(instance), color: COLORS[i % COLORS.length],
    }))
    current = { document, image, picture, name, scale, objects }
    chosen = undefined
    const unseen = picture ? [] : ['This browser does not show the format; the objects are drawn without the picture.']
    at('notes').textContent = [...(image.notes ?? []), ...unseen].join(' ')
    at('result').hidden = false
    update()
  }

  const ask = async (file) => {
    asking?.abort()
    const control = new AbortController()
    asking = control
    const name = file.name || 'picture'
    say('Looking at ' + name + ' …')
    try {
      const query = new URLSearchParams({ score: at('score').min })
      if (at('model').value) query.set('model', at('model').value)
      const token = at('token').value
      const [answer, picture] = await Promise.all([
        fetch('predict?' + query, {
          method: 'POST', body: file, signal: control.signal,
          headers: { 'content-type': 'application/octet-stream', ...(token && { authorization: 'Bearer ' + token }) },
        }),
        createImageBitmap(file).catch(() => undefined),
      ])
      const told = await answer.json()
      if (control !== asking) return
      if (answer.status === 401) {
        at('secret').hidden = false
        at('token').focus()
      }
      if (!answer.ok) return say(told.error ?? 'The server refused.', true)
      show(told, picture, name)
      say(name + ', ' + told.images[0].width + ' × ' + told.images[0].height + ' pixels, ' + told.images[0].milliseconds + ' ms')
    } catch (error) {
      if (control === asking) say('The server cannot be reached: ' + error.message, true)
    }
  }

  let last
  const take = (file) => {
    if (!file) return
    last = file
    ask(file)
  }
  const again = () => last && ask(last)

  const save = (blob, ending) => {
    const link = document.createElement('a')
    link.href = URL.createObjectURL(blob)
    link.download = current.name.replace(/\\.[^.]*$/, '') + ending
    link.click()
    setTimeout(() => URL.revokeObjectURL(link.href), 10000)
  }

  at('file').addEventListener('change', (event) => {
    take(event.target.files[0])
    event.target.value = ''
  })
  at('score').addEventListener('input', update)
  at('model').addEventListener('change', again)
  at('token').addEventListener('change', again)
  at('json').addEventListener('click', () => {
    const { document: told, image } = current
    const images = [{ ...image, file: current.name, instances: shown().map(({ instance }) => instance) }]
    save(new Blob([JSON.stringify({ ...told, images }, null, 1)], { type: 'application/json' }), '.json')
  })
  at('png').addEventListener('click', () => canvas.toBlob((blob) => save(blob, '-objects.png'), 'image/png'))
  canvas.addEventListener('click', (event) => {
    const { left, top, width, height } = canvas.getBoundingClientRect()
    const x = ((event.clientX - left) / width) * canvas.width
    const y = ((event.clientY - top) / height) * canvas.height
    // Paths are in pixels of the picture, which the pen's transform leads to.
    const hit = shown().find(({ path }) => pen.isPointInPath(path, x, y))
    choose(hit === chosen ? undefined : hit)
    document.querySelector('tr.chosen')?.scrollIntoView({ block: 'nearest' })
  })
  addEventListener('paste', (event) => take([...event.clipboardData.files].find(({ type }) => type.startsWith('image/'))))
  addEventListener('dragover', (event) => {
    event.preventDefault()
    at('drop').classList.add('over')
  })
  addEventListener('dragleave', (event) => event.relatedTarget === null && at('drop').classList.remove('over'))
  addEventListener('drop', (event) => {
    event.preventDefault()
    at('drop').classList.remove('over')
    take(event.dataTransfer.files[0])
  })
  // A page that was left and come back to has its slider where it was.
  update()
})()
`
