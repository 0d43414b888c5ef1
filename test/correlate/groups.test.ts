/** Groups of one and of many, and going back to how they were. */
import t from 'tap';
import { createGroups, type GroupsMemory } from '../../lib/correlate/groups.js';
import { type Change, createUndoLog } from '../../lib/correlate/undo.js';

const [a, b, c] = [{ name: 'a' }, { name: 'b' }, { name: 'c' }];

t.test(
  'a group has each member once, in the order in which they joined, and none once all have left',
  async (t) => {
    const memory: GroupsMemory<string, object> = new Map();
    const groups = createGroups(memory);
    const members = () => [...groups.of('x')];
    t.same(members(), []);
    groups.leave('x', a);
    groups.join('x', a);
    groups.join('x', a);
    t.same(members(), [a]);
    groups.leave('x', b);
    groups.join('x', b);
    groups.join('x', c);
    groups.join('x', b);
    t.same(members(), [a, b, c]);
    groups.leave('x', a);
    t.same(members(), [b, c]);
    t.same([...groups.of('y')], []);
    groups.leave('x', c);
    groups.leave('x', b);
    t.equal(memory.size, 0);
  },
);

t.test('the only member stands for its group', async (t) => {
  const memory: GroupsMemory<string, object> = new Map();
  createGroups(memory).join('x', a);
  t.equal(memory.get('x'), a);
});

t.test('what joined and left is taken back', async (t) => {
  const undo = createUndoLog();
  const memory: GroupsMemory<string, object> = new Map();
  const groups = createGroups(memory, undo);
  groups.join('x', a);
  const changes: Change[] = [];
  undo.into(changes);
  groups.join('x', b);
  groups.join('y', c);
  groups.leave('x', a);
  groups.leave('x', b);
  undo.takeBack(changes);
  t.same([...groups.of('x')], [a]);
  t.same([...groups.of('y')], []);
});
