/** A file becomes a job; its events tell how it goes. */
import { api, told, type Schemas } from '../api/client'
import { knowActor } from '../api/session'
import { refresh } from '../api/version'

/** Sends the file and follows its job to the end. Throws Refusal. */
export async function takeIn(file: File, retract: boolean, show: (job: Schemas['Job']) => void): Promise<void> {
  if (!(await knowActor())) return
  const headers = { 'Content-Type': file.name.toLowerCase().endsWith('.csv') ? 'text/csv' : 'text/plain' }
  // as it is: the server knows GBK, UTF-16 and the rest
  const sent = { body: file as never, bodySerializer: (body: unknown) => body as Blob, headers }
  const params = { query: { name: file.name, retract }, header: { 'idempotency-key': crypto.randomUUID() } }
  const job = await told(api.POST('/api/v1/imports', { params, ...sent }))
  show(job)
  const end = await followed(job.id, show)
  if (end?.outcome?.change) refresh(end.outcome.version)
}

function followed(id: string, show: (job: Schemas['Job']) => void): Promise<Schemas['Job'] | undefined> {
  return new Promise((end) => {
    const events = new EventSource(`/api/v1/imports/${encodeURIComponent(id)}/events`)
    let last: Schemas['Job'] | undefined
    const stop = (): void => {
      events.close()
      end(last)
    }
    events.addEventListener('progress', (event) => {
      last = JSON.parse((event as MessageEvent<string>).data) as Schemas['Job']
      show(last)
      if (last.state !== 'waiting' && last.state !== 'running') stop()
    })
    events.addEventListener('error', stop)
  })
}

export async function cancelImport(id: string): Promise<void> {
  await told(api.DELETE('/api/v1/imports/{job}', { params: { path: { job: id } } })).catch(() => undefined)
}
