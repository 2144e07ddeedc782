/** Members and rules of the proposed groups as rows of a spreadsheet. */
import type { Schemas } from '../api/client'
import { kindLabel, propertyLabel } from '../api/ontology'
import { t } from '../messages'

export function memberRows(answer: Schemas['Groups']): Record<string, unknown>[] {
  return answer.choices.flatMap((choice, at) => choice.members.map((member) => ({
    [t('sheet.choice')]: at + 1, [t('sheet.role')]: member.said, [propertyLabel('name')]: member.name, [kindLabel('organisation')]: member.unit,
    [t('partners.reasons')]: member.reasons.map((one) => one.text).join(' '),
    [t('partners.cautions')]: [...member.cautions, ...choice.cautions].map((one) => one.text).join(' '),
    [t('rule.rule')]: choice.rules.map((rule) => `${rule.words}：${rule.said}`).join('；'),
  })))
}
