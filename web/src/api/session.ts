/** Who acts in this browser. */
import { ElMessageBox, type MessageBoxInputData } from 'element-plus'
import { ref } from 'vue'
import { t } from '../messages'
import { api, store, told } from './client'

export const actor = ref('')
/** `demo` or `generated` where the data are; empty for one's own. */
export const label = ref('')
/** Which home could be shown instead: `own`, or the label of the made-up one; empty: none. */
export const other = ref('')

export async function openSession(): Promise<void> {
  const session = await told(api.GET('/api/v1/session'))
  actor.value = session.actor
  label.value = session.label
  other.value = session.other
  store.value = session.store
}

/** The actor's name, asked for once. False where the person would not say. */
export async function knowActor(): Promise<boolean> {
  return actor.value !== '' || askActor()
}

export async function askActor(): Promise<boolean> {
  const asked: Promise<unknown> = ElMessageBox.prompt(t('actor.why'), t('actor.title'), {
    inputValue: actor.value,
    inputPattern: /\S/,
    inputErrorMessage: t('actor.empty'),
    confirmButtonText: t('actor.save'),
    cancelButtonText: t('act.cancel'),
  })
  const answer = await asked.catch(() => null)
  if (answer === null) return false
  const name = (answer as MessageBoxInputData).value.trim()
  await told(api.PUT('/api/v1/session', { body: { actor: name } }))
  actor.value = name
  return true
}

/** Shows the other home, from its home screen on. Throws Refusal. */
export async function showOther(): Promise<void> {
  await told(api.PUT('/api/v1/session/home', { body: { home: other.value } }))
  location.assign('/')
}
