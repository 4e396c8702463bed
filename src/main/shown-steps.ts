import type { Progress } from '../cli/progress/progress.js';
import type { Step } from '../embedded/backup/step.js';

/** Shows each step as a task of the progress. */
export function shownSteps(progress: Progress): Step {
  return async (title, work) => {
    const task = progress.task(title);
    let last = title;
    try {
      const result = await work((text) => {
        last = text;
        task.update(text);
      });
      task.done(last);
      return result;
    } catch (error) {
      task.fail(last);
      throw error;
    }
  };
}
