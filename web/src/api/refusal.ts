/** 发生了什么 / 在哪里 / 怎么办. */
import { ElButton, ElNotification } from 'element-plus'
import { h } from 'vue'
import { t } from '../messages'
import type { Refusal } from './client'
import { propertyLabel } from './ontology'
import { refresh } from './version'

/** Where it happened, in words; empty where no place is told. */
export function placeOf(refusal: Refusal): string {
  return Object.entries(refusal.problem.place ?? {})
    .map(([key, value]) => `${t(`error.place.${key}`)} ${key === 'property' ? propertyLabel(String(value)) : value}`)
    .join(' · ')
}

/** Whether somebody else was first: what is shown is no longer so. */
export const outrun = (refusal: Refusal): boolean => ['thing_changed', 'touched_since'].includes(refusal.problem.code)

export function copyCode(refusal: Refusal): void {
  void navigator.clipboard?.writeText(`${refusal.problem.code} ${placeOf(refusal)}`.trim())
}

export function showRefusal(refusal: Refusal): void {
  const lines: [string, string][] = [
    [t('error.where'), placeOf(refusal)],
    [t('error.do'), refusal.problem.remedy],
  ]
  const told = ElNotification({
    title: refusal.problem.title,
    type: 'error',
    duration: 0,
    message: h('div', { role: 'alert' }, [
      ...lines.filter(([, words]) => words).map(([label, words]) => h('p', { class: 'refusal-line' }, [h('b', label), words])),
      outrun(refusal) ? h(ElButton, { size: 'small', type: 'primary', text: true, onClick: () => (told.close(), refresh()) }, () => t('act.refresh')) : null,
      h(ElButton, { size: 'small', text: true, onClick: () => copyCode(refusal) }, () => t('error.copy', { code: refusal.problem.code })),
    ]),
  })
}
