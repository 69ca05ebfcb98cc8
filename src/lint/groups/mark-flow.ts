import type { Check } from '../check.ts';
import { acceptBeforeSave } from '../checks/accept-before-save.ts';
import { connmarkWithoutConntrack } from '../checks/connmark-without-conntrack.ts';
import { leftUnsaved } from '../checks/left-unsaved.ts';
import { localReplyLosesMark } from '../checks/local-reply-loses-mark.ts';
import { markAfterRouting } from '../checks/mark-after-routing.ts';
import { markNotSaved } from '../checks/mark-not-saved.ts';
import { outputMarkNotRerouted } from '../checks/output-mark-not-rerouted.ts';
import { replyOverwritesMark } from '../checks/reply-overwrites-mark.ts';
import { rerollWhileNew } from '../checks/reroll-while-new.ts';
import { restoreInWrongHook } from '../checks/restore-in-wrong-hook.ts';
import { restoreNeverFed } from '../checks/restore-never-fed.ts';
import { saveInWrongHook } from '../checks/save-in-wrong-hook.ts';

export const MARK_FLOW_CHECKS: readonly Check[] = [
  acceptBeforeSave,
  markNotSaved,
  rerollWhileNew,
  markAfterRouting,
  saveInWrongHook,
  restoreInWrongHook,
  restoreNeverFed,
  replyOverwritesMark,
  outputMarkNotRerouted,
  localReplyLosesMark,
  connmarkWithoutConntrack,
  leftUnsaved,
];
