-- CreateTable
CREATE TABLE "Session" (
    "key" TEXT NOT NULL PRIMARY KEY,
    "idHash" TEXT NOT NULL,
    "previousIdHash" TEXT,
    "successor" TEXT,
    "presentedAt" DATETIME,
    "userId" TEXT,
    "data" TEXT,
    "version" INTEGER NOT NULL,
    "commitIds" TEXT NOT NULL,
    "cookieSealedAt" DATETIME,
    "createdAt" DATETIME NOT NULL,
    "rotatedAt" DATETIME NOT NULL,
    "seenAt" DATETIME NOT NULL,
    "idleExpiresAt" DATETIME NOT NULL,
    "expiresAt" DATETIME NOT NULL,
    "userAgent" TEXT,
    "address" TEXT
);

-- CreateIndex
CREATE UNIQUE INDEX "Session_idHash_key" ON "Session"("idHash");

-- CreateIndex
CREATE INDEX "Session_userId_idx" ON "Session"("userId");

-- CreateIndex
CREATE INDEX "Session_createdAt_idx" ON "Session"("createdAt");

-- CreateIndex
CREATE INDEX "Session_expiresAt_idx" ON "Session"("expiresAt");
