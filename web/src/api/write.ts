/** Writing: one way for all. The actor is known, the request has a key, what was done can be taken back for ten seconds and later. */
import { ElButton, ElNotification } from 'element-plus'
import { h } from 'vue'
import { t } from '../messages'
import { api, Refusal, told } from './client'
import { showRefusal } from './refusal'
import { knowActor } from './session'
import { refresh } from './version'

interface Receipt {
  change: number | null
  version: number
}

const SHOWN = 10_000

/** Does it, says `done` with 撤销, and loads the screen anew. Undefined where it was refused or not wanted. */
export async function write<R extends Receipt>(done: string, act: (key: string) => Promise<R>): Promise<R | undefined> {
  try {
    if (!(await knowActor())) return undefined
    const receipt = await act(crypto.randomUUID())
    tell(done, receipt)
    refresh(receipt.version)
    return receipt
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    showRefusal(error)
    return undefined
  }
}

function tell(done: string, receipt: Receipt): void {
  const { change } = receipt
  if (change === null) {
    ElNotification({ title: t('write.unchanged'), type: 'info', duration: 4000 })
    return
  }
  const told = ElNotification({
    title: done,
    type: 'success',
    duration: SHOWN,
    customClass: 'undoable',
    message: h('div', [
      h('span', t('write.version', { n: receipt.version })),
      h(ElButton, { type: 'primary', text: true, size: 'small', 'data-undo': change, onClick: () => (told.close(), void undo(change)) }, () => t('act.undo')),
    ]),
  })
}

/** Takes a change back; where later changes stand on it, throws the refusal that lists them. */
export async function undo(change: number, withLater = false): Promise<boolean> {
  const receipt = await write(t('write.undone', { n: change }), (key) =>
    told(
      api.POST('/api/v1/changes/{number}/undo', {
        params: { path: { number: change }, header: { 'idempotency-key': key } },
        body: { reason: t('act.undo'), with_later: withLater },
      }),
    ),
  )
  return receipt !== undefined
}
