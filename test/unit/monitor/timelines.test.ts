import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readTimeline, runTimeline } from './timeline.ts';

const FOLDER = join(import.meta.dirname, '../../timelines');

const NAMES = readdirSync(FOLDER).filter((name) => name.endsWith('.txt'));

describe('the monitor decides as the timeline says', () => {
  it.each(NAMES)('%s', (name) => {
    const timeline = readTimeline(readFileSync(join(FOLDER, name), 'utf8'));
    expect(runTimeline(timeline)).toEqual(timeline.expected);
  });
});
