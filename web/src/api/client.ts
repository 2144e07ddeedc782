/** The typed client: every answer is data or a `Refusal`; every answer says which version it was made of. */
import createClient from 'openapi-fetch'
import { shallowRef } from 'vue'
import { locale, t } from '../messages'
import type { components, paths } from './schema'
import { noteVersion } from './version'

export type Schemas = components['schemas']
export type Problem = Schemas['Problem']

/** What went wrong, in the server's own words. */
export class Refusal extends Error {
  constructor(
    readonly problem: Problem,
    /** Seconds after which to ask again; 0 where that would not help. */
    readonly retry = 0,
  ) {
    super(problem.title)
  }
}

/** Stands for the home that this page looks at; empty before the session is known. */
export const store = shallowRef('')
/** Whether the server shows another home now: nothing of this page is answered any more. */
export const switched = shallowRef(false)
/** Whether this browser has no session (any more). */
export const locked = shallowRef(false)

export const api = createClient<paths>({ baseUrl: globalThis.location?.origin ?? 'http://localhost' })
api.use({
  onRequest({ request }) {
    request.headers.set('Accept-Language', locale.value)
    if (store.value) request.headers.set('Lianyin-Home', store.value)
  },
  onResponse({ response }) {
    noteVersion(response.headers.get('etag'))
    if (response.status === 401) locked.value = true
  },
})

interface Answered<T> {
  data?: T
  error?: unknown
  response: Response
}

/** The data of an answer: JSON (lists come as CSV and xlsx too, to links). Throws `Refusal`. */
export async function told<T>(asked: Promise<Answered<T>>): Promise<Exclude<T, string>> {
  let answer: Answered<T>
  try {
    answer = await asked
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw unreachable(t('error.unreachableDo'), 5)
  }
  if (answer.error !== undefined || !answer.response.ok) {
    const problem = asProblem(answer.error, answer.response)
    if (problem.code === 'home_switched') switched.value = true
    throw new Refusal(problem, Number(answer.response.headers.get('retry-after') ?? 0))
  }
  return answer.data as Exclude<T, string>
}

/** A file that the server makes, with the name that it gives it. Throws `Refusal`. */
export async function fetched(path: string, asked: { signal: AbortSignal; headers: Record<string, string> }): Promise<{ name: string; content: Blob }> {
  const headers = { ...asked.headers, 'Accept-Language': locale.value, 'Lianyin-Home': store.value }
  const answer = fetch(path, { ...asked, headers }).then(async (response) => (response.ok ? { data: await response.blob(), response } : { error: (await response.json()) as unknown, response }))
  const content = await told<Blob>(answer)
  const { response } = await answer
  return { name: /filename="([^"]+)"/.exec(response.headers.get('content-disposition') ?? '')?.[1] ?? 'lianyin', content }
}

export function unreachable(remedy: string, retry = 0): Refusal {
  return new Refusal({ type: 'about:blank', title: t('error.unreachable'), status: 0, code: 'unreachable', place: {}, remedy }, retry)
}

function asProblem(error: unknown, response: Response): Problem {
  if (typeof error === 'object' && error !== null && 'code' in error) return error as Problem
  const { status } = response
  return { type: 'about:blank', title: t('error.unknown', { status }), status, code: `http_${status}`, place: {}, remedy: t('error.unknownDo') }
}
