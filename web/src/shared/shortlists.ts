/** 收入备选: lists with notes, each a log of its own; nothing of them touches what is known. */
import { api, told, type Schemas } from '../api/client'
import { write } from '../api/write'
import { t } from '../messages'
import { askWords } from './ask'

type Noted = Schemas['Noted']

const undone = ({ id, change }: Noted, key: string): Promise<Noted> =>
  told(api.POST('/api/v1/shortlists/{id}/changes/{number}/undo', { params: { path: { id, number: change ?? 0 }, header: { 'idempotency-key': key } }, body: { reason: t('act.undo') } }))

/** One after the other under keys of their own; what the last of them did stands for all. */
async function each<T>(all: readonly T[], key: string, act: (one: T, key: string) => Promise<Noted>): Promise<Noted> {
  let last: Noted | undefined
  for (const [at, one] of all.entries()) last = await act(one, `${key}-${at}`)
  return last!
}

/** Takes back changes of a list, the latest first. */
async function takeBack(...noted: Noted[]): Promise<void> {
  const done = noted.filter((one) => one.change !== null).reverse()
  if (done.length > 0) await write(t('short.undone'), (key) => each(done, key, undone), () => Promise.resolve())
}

/** Asks what the new list is called, and makes it. Undefined where nobody would say. */
export async function newList(): Promise<Noted | undefined> {
  const name = await askWords(t('short.name'), t('short.example'))
  if (name === null) return undefined
  return write(t('short.made', { name }), (key) => told(api.POST('/api/v1/shortlists', { params: { header: { 'idempotency-key': key } }, body: { name, note: '' } })), takeBack)
}

/** Puts things or pairs on a list, to be taken back together. */
export function put(list: string, entries: string[][], note: string): Promise<Noted | undefined> {
  const done: Noted[] = []
  const act = async (things: string[], key: string): Promise<Noted> => {
    done.push(await told(api.POST('/api/v1/shortlists/{id}/entries', { params: { path: { id: list }, header: { 'idempotency-key': key } }, body: { things, note } })))
    return done.at(-1)!
  }
  return write<Noted>(t('short.put'), (key) => each(entries, key, act), () => takeBack(...done))
}

export const takeOff = (list: string, entry: string): Promise<Noted | undefined> =>
  write(t('short.takenOff'), (key) => told(api.DELETE('/api/v1/shortlists/{id}/entries/{entry}', { params: { path: { id: list, entry }, header: { 'idempotency-key': key } } })), takeBack)

export const deleteList = (list: string): Promise<Noted | undefined> =>
  write(t('short.deleted'), (key) => told(api.DELETE('/api/v1/shortlists/{id}', { params: { path: { id: list }, header: { 'idempotency-key': key } } })), takeBack)

export const renameList = (id: string, name: string, note: string): Promise<Noted | undefined> =>
  write(t('short.renamed'), (key) => told(api.PUT('/api/v1/shortlists/{id}', { params: { path: { id }, header: { 'idempotency-key': key } }, body: { name, note } })), takeBack)
