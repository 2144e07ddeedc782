/** Icons of reasons; never without the word. */
import { Aim, Collection, Connection, Key, Link, Location, Operation, SetUp, Share, Switch } from '@element-plus/icons-vue'
import type { Component } from 'vue'

export const REASON_ICONS: Record<string, Component> = {
  same_method: SetUp, chain: Link, sci_make_test: Operation, scarce: Key, swap: Switch, need: Aim, common: Collection, bridge: Connection, referral: Share, near: Location,
}
