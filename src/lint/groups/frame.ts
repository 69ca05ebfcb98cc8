import type { Check } from '../check.ts';
import { badSuppression } from '../checks/bad-suppression.ts';
import { configInvalid } from '../checks/config-invalid.ts';
import { scriptNotFullyChecked } from '../checks/script-not-fully-checked.ts';
import { unusedSuppression } from '../checks/unused-suppression.ts';

export const FRAME_CHECKS: readonly Check[] = [
  configInvalid,
  scriptNotFullyChecked,
  badSuppression,
  unusedSuppression,
];
