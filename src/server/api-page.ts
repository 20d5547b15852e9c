/** The interface's document as a page for people. */
import { escaped } from '../report/markup.ts'
import type { PageParts } from '../report/page.ts'
import { PAGE_STYLE } from '../report/page-style.ts'
import type { ApiDocument, DocumentedOperation, Json, MediaTypes, Parameter } from './api-document.ts'

const API_STYLE = `
nav ul { columns: 16rem; padding-left: 1.2rem; }
section { border-top: 1px solid var(--line); margin-top: 2rem; }
section h3 { font-family: ui-monospace, monospace; overflow-wrap: anywhere; margin-top: 1rem; }
h4 { margin: 1rem 0 0.25rem; }
code { font-family: ui-monospace, monospace; font-size: 0.9em; overflow-wrap: anywhere; }
a { color: var(--accent); }
.table code { overflow-wrap: normal; }
.table td, .table th { text-align: left; white-space: normal; vertical-align: top; min-width: 4.5rem; }
.table:focus-visible { outline: 2px solid var(--accent); }
`

/** Every path with what it takes and gives; the page asks for nothing. */
export function apiPage(document: ApiDocument): PageParts {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      route: `${method.toUpperCase()} ${path}`,
      operation,
    })),
  )
  const tags = [...new Set(operations.flatMap(({ operation }) => operation.tags))]
  const links = operations.map(
    ({ route, operation }) =>
      `<li><a href="#${escaped(operation.operationId)}"><code>${escaped(route)}</code></a></li>`,
  )
  const sections = tags.flatMap((tag) => [
    `<h2>${escaped(tag)}</h2>`,
    ...operations
      .filter(({ operation }) => operation.tags.includes(tag))
      .map(({ route, operation }) => operationSection(route, operation)),
  ])
  const { title, version, summary } = document.info
  return {
    title: `${title} – interface`,
    body: `<main>
<h1>${escaped(title)} ${escaped(version)}</h1>
<p>${escaped(summary)} For programs the same stands in <a href="openapi.json">openapi.json</a>.</p>
<nav aria-label="Paths"><ul>${links.join('\n')}</ul></nav>
${sections.join('\n')}
<h2>Refusals</h2>
<p>Every answer that is no success has this form.</p>
${schemaDetails(document.components.schemas.Error)}
</main>`,
    styles: [PAGE_STYLE + API_STYLE],
    scripts: [],
  }
}

function operationSection(route: string, operation: DocumentedOperation): string {
  const { operationId, summary, description, parameters, requestBody, responses } = operation
  const samples = operation['x-codeSamples'] ?? []
  return `<section id="${escaped(operationId)}">
<h3>${escaped(route)}</h3>
<p>${escaped(summary)}.</p>
${description === undefined ? '' : `<p>${escaped(description)}</p>`}
${samples.map(({ source }) => `<pre tabindex="0">${escaped(source)}</pre>`).join('')}
${parameters.length === 0 ? '' : `<h4>Parameters</h4>${table(['name', 'where', 'what', ''], parameters.map(parameterRow))}`}
${requestBody ? `<h4>Body</h4><p>${escaped(requestBody.description)}</p>${contentList(requestBody)}` : ''}
<h4>Answers</h4>
${table(['status', '', 'types'], Object.entries(responses).map(responseRow))}
${Object.values(responses).slice(0, 1).map(schemaList).join('')}
</section>`
}

function parameterRow({ name, in: place, required, description = '', schema }: Parameter): string[] {
  const what = required ? `${schemaText(schema)}, required` : schemaText(schema)
  return [`<code>${escaped(name)}</code>`, escaped(place), escaped(what), escaped(description)]
}

function responseRow([status, { description, content }]: [string, MediaTypes]): string[] {
  const types = Object.keys(content).map((type) => `<code>${escaped(type)}</code>`)
  return [escaped(status), escaped(description), types.join('<br>')]
}

function contentList({ content }: MediaTypes): string {
  return Object.entries(content)
    .map(([type, { schema }]) =>
      schema ? schemaDetails(schema, type) : `<p><code>${escaped(type)}</code></p>`,
    )
    .join('\n')
}

/** Of types that have a schema. */
function schemaList({ content }: MediaTypes): string {
  return Object.entries(content)
    .flatMap(([type, { schema }]) => (schema ? [schemaDetails(schema, type)] : []))
    .join('\n')
}

function schemaDetails(schema: Json, type = 'application/json'): string {
  return `<details><summary><code>${escaped(type)}</code></summary><pre tabindex="0">${escaped(JSON.stringify(schema, null, 2))}</pre></details>`
}

/** `number, 0 to 1, 0.5 unless given`. */
function schemaText({ type, enum: values, minimum, maximum, default: standard }: Json): string {
  const isBounded = minimum !== undefined && maximum !== undefined && maximum !== Number.MAX_SAFE_INTEGER
  const range = isBounded ? [`${minimum} to ${maximum}`] : minimum === undefined ? [] : [`from ${minimum}`]
  const kind = Array.isArray(values) ? values.join(', ') : String(type)
  return [kind, ...range, ...(standard === undefined ? [] : [`${standard} unless given`])].join(', ')
}

/** Cells are markup. */
function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const head = titles.map((title) => `<th scope="col">${escaped(title)}</th>`).join('')
  const body = rows.map((cells) => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`)
  return `<div class="table" tabindex="0"><table><thead><tr>${head}</tr></thead><tbody>${body.join('\n')}</tbody></table></div>`
}
