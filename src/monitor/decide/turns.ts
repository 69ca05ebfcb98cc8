import { FAMILIES } from '../../net/family.ts';
import type { FamilyTurn, MonitorState } from './decision.ts';
import { wanNamed } from './standing.ts';

/** What became of families while their WAN stayed in use; of others the WAN's own transition tells. */
export function familyTurns(before: MonitorState, after: MonitorState): readonly FamilyTurn[] {
  return after.wans.flatMap(({ wan, used, apart }) =>
    FAMILIES.flatMap((family): readonly FamilyTurn[] => {
      const known = wanNamed(before.wans, wan.name);
      const [was, is] = [known?.apart[family], apart[family]];
      if (!used || known?.used !== true || is === undefined || is.down === (was?.down ?? false)) return [];
      const cause = is.down ? is.cause : was?.cause;
      return [{ wan: wan.name, family, down: is.down, ...(cause === undefined ? {} : { cause }) }];
    }),
  );
}
