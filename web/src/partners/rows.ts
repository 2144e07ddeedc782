/** Candidates as rows of a spreadsheet, in the words of the screen. */
import type { Schemas } from '../api/client'
import { kindLabel, propertyLabel } from '../api/ontology'
import { t } from '../messages'

export function itemRows(answer: Schemas['Suggestions']): Record<string, unknown>[] {
  return answer.items.map((item) => ({
    [t('sheet.rank')]: item.rank, [propertyLabel('name')]: item.name, [kindLabel('organisation')]: item.unit, [propertyLabel('place')]: item.place,
    [propertyLabel('trade')]: item.trade.name, [t('sheet.score')]: item.score, [t('partners.give')]: item.give?.score, [t('partners.get')]: item.get.score,
    [t('partners.reasons')]: item.reasons.map((one) => one.text).join(' '), [t('partners.cautions')]: item.cautions.map((one) => one.text).join(' '),
    [t('state.unknown')]: item.missing.map((one) => one.label).join('、'),
  }))
}
