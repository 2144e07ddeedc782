/** Rules in the address: `differ:trade`, `differ:trade:strict`, `near:city`, `at_most:city:2`, `at_least:form:1:university`, `capacity:3`. */

export type Rule = Record<string, unknown> & { rule: string }

/** No rule at all; an address without rules has the server's default ones. */
export const NONE = 'none'

const WRITERS: Record<string, (rule: Rule) => unknown[]> = {
  differ: (rule) => [rule.by],
  near: (rule) => [rule.level ?? 'city'],
  at_most: (rule) => [rule.by, rule.n, rule.value],
  at_least: (rule) => [rule.by, rule.n, rule.value],
  capacity: (rule) => [rule.limit],
}

/** A rule's code; null for one that the desk has no words for (it stays where it is told). */
export function codeOf(rule: Rule): string | null {
  const parts = WRITERS[rule.rule]?.(rule)
  if (!parts) return null
  const said = [rule.rule, ...parts.filter((part) => part !== undefined && part !== null)]
  return [...said, ...(rule.strict ? ['strict'] : [])].join(':')
}

export function ruleOf(code: string): Rule | null {
  const [rule = '', ...all] = code.split(':')
  const strict = all.at(-1) === 'strict'
  const [by, n, value] = strict ? all.slice(0, -1) : all
  const more = strict ? { strict: true } : {}
  if (rule === 'differ' && by) return { rule, by, ...more }
  if (rule === 'near') return { rule, level: by ?? 'city', ...more }
  if (rule === 'capacity' && by && /^\d+$/.test(by)) return { rule, limit: Number(by), ...more }
  if ((rule === 'at_most' || rule === 'at_least') && by && n && /^\d+$/.test(n)) return { rule, by, n: Number(n), ...(value ? { value } : {}), ...more }
  return null
}

/** The rules that an address names; null for the default ones. */
export function rulesOf(codes: readonly string[]): Rule[] | null {
  if (codes.length === 0) return null
  return codes.map(ruleOf).filter((rule) => rule !== null)
}

/** What an address says for these rules. */
export function codesFor(rules: readonly Rule[]): string[] {
  const codes = rules.map(codeOf).filter((code) => code !== null)
  return codes.length > 0 ? codes : [NONE]
}
