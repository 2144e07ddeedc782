/** Writing: one way for all. The actor is known, the request has a key, what was done can be taken back for ten seconds and later. */
import { ElButton, ElMessageBox, ElNotification } from 'element-plus'
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
/** Where a notice covers nothing that is worked with: above, it lay on ⋯ for its ten seconds. */
const ASIDE = 'bottom-left'

/**
 * Does it, says `done` with 撤销, and loads the screen anew. Undefined where it was refused or not wanted. What is written to another log
 * than that of the graph (a shortlist) says how it is taken back there; its version is none of the graph's. A form shows by itself what was
 * `refused`.
 */
export async function write<R extends Receipt>(
  done: string, act: (key: string) => Promise<R>, takeBack?: (receipt: R) => Promise<unknown>, refused: (refusal: Refusal) => void = showRefusal,
): Promise<R | undefined> {
  try {
    return await carryOut(done, act, takeBack)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    refused(error)
    return undefined
  }
}

async function carryOut<R extends Receipt>(done: string, act: (key: string) => Promise<R>, takeBack?: (receipt: R) => Promise<unknown>): Promise<R | undefined> {
  if (!(await knowActor())) return undefined
  const receipt = await act(crypto.randomUUID())
  tell(done, receipt, takeBack && (() => takeBack(receipt)), takeBack === undefined)
  refresh(takeBack ? 0 : receipt.version)
  return receipt
}

function tell(done: string, receipt: Receipt, takeBack: (() => Promise<unknown>) | undefined, versioned: boolean): void {
  const { change } = receipt
  if (change === null) {
    ElNotification({ title: t('write.unchanged'), type: 'info', duration: 4000, position: ASIDE })
    return
  }
  const told = ElNotification({
    title: done,
    type: 'success',
    duration: SHOWN,
    position: ASIDE,
    customClass: 'undoable',
    message: h('div', [
      versioned ? h('span', t('write.version', { n: receipt.version })) : null,
      h(ElButton, { type: 'primary', text: true, size: 'small', 'data-undo': change, onClick: () => (told.close(), void (takeBack ? takeBack() : undo(change))) }, () => t('act.undo')),
    ]),
  })
}

/** Takes a change back; where later ones stand on it, they are told and may be taken back with it. */
export async function undo(change: number, withLater = false): Promise<boolean> {
  const params = (key: string) => ({ path: { number: change }, header: { 'idempotency-key': key } })
  const body = { with_later: withLater }
  try {
    return (await carryOut(t('write.undone', { n: change }), (key) => told(api.POST('/api/v1/changes/{number}/undo', { params: params(key), body })))) !== undefined
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    if (error.problem.code === 'undo_blocked' && !withLater) return (await wantsLater(error)) && undo(change, true)
    showRefusal(error)
    return false
  }
}

async function wantsLater(refusal: Refusal): Promise<boolean> {
  const message = `${refusal.problem.title} ${refusal.problem.remedy}`
  const asked: Promise<unknown> = ElMessageBox.confirm(message, t('changes.blocked'), { confirmButtonText: t('changes.withLater'), cancelButtonText: t('act.cancel') })
  return asked.then(() => true, () => false)
}
