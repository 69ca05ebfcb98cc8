import type { Check, Example } from '../../../lint/check.ts';
import { sentence } from '../sentence.ts';

/** A reportingDescriptor: the check's page as text and as Markdown. */
export function sarifRule(id: string, check: Check | undefined) {
  if (check === undefined) return { id, name: pascalCase(id) };
  const { summary, why, severity, bad, good } = check;
  const text = [...why, 'Wrong:', ...plain(bad), 'Right:', ...plain(good)].join('\n\n');
  const markdown = [...why.map(escapeMarkdown), '### Wrong', ...fenced(bad), '### Right', ...fenced(good)];
  return {
    id,
    name: pascalCase(id),
    shortDescription: { text: sentence(summary) },
    fullDescription: { text: why[0] ?? sentence(summary) },
    help: { text, markdown: markdown.join('\n\n') },
    defaultConfiguration: { level: severity },
    properties: { tags: ['routing', 'netfilter'] },
  };
}

function pascalCase(id: string): string {
  return id
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}

function plain({ files }: Example): readonly string[] {
  return Object.entries(files).map(([name, text]) => `${name}:\n${text.trimEnd()}`);
}

function fenced({ files }: Example): readonly string[] {
  return Object.entries(files).map(([name, text]) => `\`${name}\`\n\n\`\`\`\n${text.trimEnd()}\n\`\`\``);
}

/** Options like --save-mark and names with _ are words there. */
function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_<>[\]#]/g, '\\$&');
}
