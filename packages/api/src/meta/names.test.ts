import { md5Hex } from '@weir/core/hash';
import { expect, test } from 'vitest';
import { childName } from './names.ts';

test('a short parent and suffix are joined unchanged', () => {
  expect(childName('hello', '-kserve-workload-svc')).toBe('hello-kserve-workload-svc');
});

test('a long parent is cut and its MD5 put before the suffix, 63 characters in all', () => {
  const parent = 'a'.repeat(60);
  expect(childName(parent, '-kserve')).toBe(`${'a'.repeat(24)}${md5Hex(parent)}-kserve`);
  expect(childName(parent, '-kserve')).toHaveLength(63);
});

test('a suffix of 31 characters or more is hashed together with the parent', () => {
  const suffix = `-${'b'.repeat(40)}`;
  expect(childName('svc-with-a-name-of-some-length', suffix)).toBe(
    `svc-with-a-name-of-some-length${md5Hex(`svc-with-a-name-of-some-length${suffix}`)}-`.replace(/-$/, ''),
  );
});
