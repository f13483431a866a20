package dev.postevent.testkit.contract;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadFactory;

/** Makes the threads of what is tested, and knows which of them are left. */
final class MadeThreads implements ThreadFactory {
    private final Set<Thread> made = ConcurrentHashMap.newKeySet();

    @Override
    public Thread newThread(Runnable task) {
        Thread thread = new Thread(task);
        thread.setDaemon(true); // one that stays shall not keep the build from ending
        made.add(thread);
        return thread;
    }

    /** Names of those that have not ended. */
    List<String> alive() {
        return made.stream().filter(Thread::isAlive).map(Thread::getName).toList();
    }
}
