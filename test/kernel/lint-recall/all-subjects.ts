import { FAMILIES } from '../../../src/net/family.ts';
import { corpusSubjects, exampleSubjects, goldenSubjects } from './found-subjects.ts';
import { FRONTENDS, type Subject, subjectOf } from './subject.ts';
import { WRITTEN_IPTABLES } from './written-iptables.ts';
import { WRITTEN_NFT } from './written-nft.ts';

/** Every ruleset that is broken on purpose, front end by front end. */
export const SUBJECTS: readonly Subject[] = FRONTENDS.flatMap((frontend) => [
  ...FAMILIES.flatMap((family) => [
    ...(frontend === 'nft' ? WRITTEN_NFT : WRITTEN_IPTABLES).map((one) => subjectOf(one, frontend, family)),
    ...goldenSubjects(frontend, family),
  ]),
  ...exampleSubjects(frontend),
  ...corpusSubjects(frontend),
]);
