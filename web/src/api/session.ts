/** Who acts in this browser. */
import { ElMessageBox, type MessageBoxInputData } from 'element-plus'
import { ref } from 'vue'
import { t } from '../messages'
import { api, told } from './client'

export const actor = ref('')

export async function openSession(): Promise<void> {
  actor.value = (await told(api.GET('/api/v1/session'))).actor
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
