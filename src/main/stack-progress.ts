import type { Progress } from '../cli/progress/progress.js';
import type { Task } from '../cli/progress/task-list.js';
import type { StackProgress } from '../embedded/stack.js';

/** Shows the start of the stack as a list of tasks: one a program that is searched or installed, one a service. */
export function showStackProgress(progress: Progress): (step: StackProgress) => void {
  const tasks = new Map<string, Task>();
  return (step) => {
    const key = step.kind === 'program' ? `program ${step.program}` : `service ${step.name}`;
    const title = step.kind === 'program' ? step.text : step.name;
    let task = tasks.get(key);
    if (task === undefined) {
      task = progress.task(title);
      tasks.set(key, task);
    }
    if (step.phase !== 'ready') {
      task.update(title);
      return;
    }
    task.done(step.kind === 'program' ? step.text : `${step.name} ${step.text}`.trim());
    tasks.delete(key);
  };
}
