/** A person's answer to a suggestion. */
import { api, told, type Schemas } from '../api/client'
import { write } from '../api/write'
import { t } from '../messages'
import { askWords } from './ask'

export type Answer = 'accept' | 'decline' | 'put_off'
export interface Pair {
  /** The thing that was asked for; empty where a sentence was. */
  asked: string
  text: string
  candidate: string
  version?: number
  recipe?: string
}

const DONE: Record<Answer, string> = { accept: 'decide.accepted', decline: 'decide.declined', put_off: 'decide.putOff' }
/** The code that needs words. */
const OTHER = 'other'

/** Writes the decision with its note. False where it was refused, or where nobody would say why. */
export async function decide(pair: Pair, answer: Answer, reason = '', note = ''): Promise<boolean> {
  const words = reason === OTHER && !note ? await askWords(t('decide.words')) : note
  if (words === null) return false
  const body: Schemas['Deciding'] = { ...pair, answer, reason, words, until: '' }
  const receipt = await write(t(DONE[answer]), (key) => told(api.POST('/api/v1/decisions', { params: { header: { 'idempotency-key': key } }, body })))
  return receipt !== undefined
}
