/** Asks for a line of text; null where nobody would say. */
import { ElMessageBox, type MessageBoxInputData } from 'element-plus'
import { t } from '../messages'

async function ask(title: string, pattern: RegExp, wrong: string, value = ''): Promise<string | null> {
  const asked: Promise<unknown> = ElMessageBox.prompt('', title, {
    inputValue: value, inputPattern: pattern, inputErrorMessage: wrong, confirmButtonText: t('act.save'), cancelButtonText: t('act.cancel'),
  })
  const answer = await asked.catch(() => null)
  return answer === null ? null : (answer as MessageBoxInputData).value.trim()
}

/** Words that may also be none. */
export const askText = (title: string, value = ''): Promise<string | null> => ask(title, /[^]*/, '', value)
export const askDay = (title: string): Promise<string | null> => ask(title, /^\d{4}(-\d{2}(-\d{2})?)?~?$/, t('ask.day'))
export const askWords = (title: string, value = ''): Promise<string | null> => ask(title, /\S/, t('ask.words'), value)
